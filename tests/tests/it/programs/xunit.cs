// As much of xUnit as the example needs, where its packages can't be had: what it looks for and what it calls.
using System;
using System.Linq;
using System.Reflection;

namespace Xunit
{
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FactAttribute : Attribute { }

    public interface IClassFixture<T> where T : class { }

    public static class Assert
    {
        public static void Equal(string expected, string actual) => True(expected == actual, $"{expected} was expected: {actual}");
        public static void StartsWith(string expected, string actual) => True(actual.StartsWith(expected), $"{expected} was expected: {actual}");
        public static void Contains(string expected, string actual) => True(actual.Contains(expected), $"{expected} was expected: {actual}");
        public static void True(bool holds, string message = "it doesn't hold")
        {
            if (!holds) throw new Exception(message);
        }
    }

    /// <summary>A fixture for each class, an object for each test; throws what a test throws.</summary>
    static class Runner
    {
        static void Main()
        {
            int passed = 0;
            foreach (Type type in Assembly.GetExecutingAssembly().GetTypes())
            {
                MethodInfo[] facts = type.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() != null).ToArray();
                if (facts.Length == 0) continue;
                object[] fixtures = type.GetInterfaces()
                    .Where(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IClassFixture<>))
                    .Select(one => Activator.CreateInstance(one.GetGenericArguments()[0])).ToArray();
                try
                {
                    foreach (MethodInfo fact in facts)
                    {
                        fact.Invoke(Activator.CreateInstance(type, fixtures), null);
                        passed++;
                    }
                }
                finally
                {
                    foreach (IDisposable fixture in fixtures.OfType<IDisposable>()) fixture.Dispose();
                }
            }
            Console.WriteLine($"passed: {passed}");
        }
    }
}
